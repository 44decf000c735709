# The same two commands for those who type `make`.
.PHONY: help up test down bench
help: ## This list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'
up: ## Install everything and start the house
	./customhouse up
down: ## Stop a house that runs elsewhere
	./customhouse down
test: ## Install everything and pass the tests
	./customhouse test
bench: ## Measure speed; results go to bench/results
	.venv/bin/python -m bench.pure && .venv/bin/python -m bench.online
