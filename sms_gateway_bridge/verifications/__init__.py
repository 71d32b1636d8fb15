"""One-time codes: started, sent, checked and superseded. Every decision is one SQL transaction."""
