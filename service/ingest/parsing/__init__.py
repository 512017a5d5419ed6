"""Parse raw objects, pages and addresses into the fields of an article.

`field_mapping` and `urls` also run inside crawlers: they, and what they import here, import nothing
else of the service.
"""
