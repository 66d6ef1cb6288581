"""The life of a case: states and moves, who may grant how much, what was promised, what is due."""
