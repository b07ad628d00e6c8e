"""How the embedded demonstration city is made, one room per thing."""
