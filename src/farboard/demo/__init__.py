"""A real small training to look at: tells two spirals apart, several times at once, in numpy."""
