"""Pure rules of the customer area: no network, no database, no clock of their own."""
