"""What people say of mentions in place of the model, and the classifier's heads that are fitted to it."""
