"""Development outbox: shows what was sent as a telephone or a mailbox would. In memory only; absent in production."""
