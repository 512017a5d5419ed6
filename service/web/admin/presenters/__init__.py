"""What the admin pages show, prepared for the templates."""
