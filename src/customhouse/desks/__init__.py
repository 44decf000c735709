"""The desks: what people see. Server-rendered pages per role; they decide nothing, and hold no query of their own."""
