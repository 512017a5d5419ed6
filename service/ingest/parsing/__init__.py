"""Parse raw objects, pages and addresses into the fields of an article.

`field_mapping` and `urls` also run inside crawlers, so they import nothing else of the service.
"""
