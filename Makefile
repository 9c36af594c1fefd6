# Everything is one word after `make`. The environment makes itself: scripts/setup.sh.
PYTHON := .venv/bin/python -W ignore
export RASA_TELEMETRY_ENABLED := false
export SQLALCHEMY_SILENCE_UBER_WARNING := 1

.DEFAULT_GOAL := help
.PHONY: help run test check train encoder rank talk load content-report eval bench format lock clean

help: ## List these words.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: ## Set everything up and open the assistant on http://127.0.0.1:8080.
	@bash scripts/setup.sh run
	@$(PYTHON) -m bot run

test: ## Set everything up and run every test.
	@bash scripts/setup.sh dev
	@bash scripts/browser.sh
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@$(PYTHON) -m content_db.lint
	@$(PYTHON) -m pytest tests

check: ## The fast tests, without Rasa, in about a minute.
	@bash scripts/setup.sh dev
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@$(PYTHON) -m content_db.lint
	@$(PYTHON) -m pytest tests --ignore tests/journeys -q

train: ## Train the model, if its inputs have changed.
	@bash scripts/setup.sh run
	@$(PYTHON) -m bot train

encoder: ## Learn the sentence encoder anew, in an hour or two (GO_ON=1: go on from the shipped one); then `make rank`.
	@bash scripts/setup.sh dev
	@$$(command -v uv || echo .tools/bin/uv) sync --frozen --inexact --group encoder --python .venv/bin/python
	@$(PYTHON) -m bot.nlu.encoder_training $(if $(GO_ON),--go-on)

rank: ## Learn the ranking weights anew, after a change of data/questions, data/phrasings, data/nlu or the features.
	@bash scripts/setup.sh dev
	@$(PYTHON) -m bot.nlu.rank_training

talk: ## The assistant in this terminal; needs `make run` in another.
	@bash scripts/setup.sh run
	@$(PYTHON) -m bot talk

load: ## Load topic files: make load DIR=path/to/folder
	@bash scripts/setup.sh run
	@$(PYTHON) -m content_db load $(DIR)

content-report: ## What the topic files cover, how plain they are, what is said twice.
	@bash scripts/setup.sh dev
	@$(PYTHON) -m content_db.report

eval: ## Measure what is understood, on the development questions (SPLIT=test for the test questions).
	@bash scripts/setup.sh dev
	@$(PYTHON) -m benchmarks.accuracy $(or $(SPLIT),development) --peers

bench: ## Measure speed and memory beside Rasa's default pipeline.
	@bash scripts/setup.sh dev
	@$(PYTHON) -m benchmarks.speed

format: ## Put the code in its usual form.
	@bash scripts/setup.sh dev
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

lock: ## Renew uv.lock from pyproject.toml.
	@bash scripts/setup.sh dev
	@$$(command -v uv || echo .tools/bin/uv) lock

clean: ## Remove what was made here: environment, databases, models.
	rm -rf .venv .tools var
