"""Articles in: read from a request, file, feed or archive, validated, judged and stored."""
