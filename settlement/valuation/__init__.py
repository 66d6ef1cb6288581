"""What a customer is worth to us, and what a good settlement keeps. It moves discretion only."""
