"""What a complaint is owed, what is fair, what it pays to give, and what to say next."""
