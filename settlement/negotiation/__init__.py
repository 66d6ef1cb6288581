"""What to say and offer next: the talks folded from their events, the advice, and its words."""
