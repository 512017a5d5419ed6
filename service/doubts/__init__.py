"""The queue of doubts: what people are asked, most useful first, and what they have answered."""
