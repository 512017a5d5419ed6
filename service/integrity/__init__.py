"""What must hold in every store: `service.integrity.check` verifies all of it."""
