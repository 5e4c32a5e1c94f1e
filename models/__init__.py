"""What the service serves: the bundled model, the recipe that makes it, and its evaluation."""
