"""From the city's schedule to the day a record may be considered for disposition, and why."""
