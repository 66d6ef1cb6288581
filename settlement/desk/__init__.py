"""One function for each thing a person does: load, ask the core, save."""
