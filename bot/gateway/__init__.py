"""The web server in front: the page, the JSON API, later turns as events, health."""
