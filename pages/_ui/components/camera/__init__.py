"""Pictures from the camera."""
