"""Messages: accepted once, queued, leased by a worker, submitted to a provider, followed to their end."""
