"""howdeep: how deep should your neural network be? Measured, not guessed."""

__version__ = "0.1.0"
