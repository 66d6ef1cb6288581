"""What is owed, what is fair, what it pays to give, and who must agree."""
