"""What the tutor knows, one module per topic; only data, in the words of `models.recipe.grammar`."""
