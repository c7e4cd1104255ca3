cargo install --locked gatelint
gatelint check --output sarif=gatelint.sarif
