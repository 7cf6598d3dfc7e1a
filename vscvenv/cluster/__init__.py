"""Work on other nodes, by way of the site's scheduler."""
