"""Ways round the door, each tried once: by the pages wherever a person would, else with the means an attacker has."""
