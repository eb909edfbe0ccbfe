"""The demonstration city: invented people, lifelike downloads and a feed to capture from."""
