"""The local web server: owns port, security and page, and joins the answers of all targets."""
