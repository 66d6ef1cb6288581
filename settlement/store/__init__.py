"""What is remembered: decisions, the audit log, kept answers, tokens. One file of functions per subject."""
