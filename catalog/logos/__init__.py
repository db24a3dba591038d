"""Pictures of operators and products: fetched by a worker, drawn anew, kept by us."""
