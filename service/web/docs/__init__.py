"""The OpenAPI document and the readable documentation made from it."""
