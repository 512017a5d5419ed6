"""The OpenAPI document, and the documentation page made from it."""
