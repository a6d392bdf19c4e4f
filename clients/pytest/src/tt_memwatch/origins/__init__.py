"""Which line and operation made a buffer: from the tracer, or by wrapping ttnn's operations."""
