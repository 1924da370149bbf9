# The front door. `make` alone prints the targets.
ENV     ?= local
VENV    := .venv
AWA     := $(VENV)/bin/awa-batch
PY      := $(VENV)/bin/python
RUNNER  ?= auto
YES     ?=
CONFIRM ?=
EMPTY   ?=

export AWA_BATCH_RUNNER := $(RUNNER)
# One word for the shell, whatever a value holds.
quoted = '$(subst ','\'',$(1))'
_said_yes := 1 y Y yes Yes YES true True TRUE on
_said_no  := 0 n N no No NO false False FALSE off
$(foreach name,YES EMPTY,$(if $(filter-out $(_said_yes) $(_said_no),$($(name))),\
  $(error $(name)=$($(name)) is neither yes nor no. Write $(name)=1, or leave it out)))
_yes   := $(if $(filter $(_said_yes),$(YES)),--yes)
_empty := $(if $(filter $(_said_yes),$(EMPTY)),--empty)
# What these targets do concerns ENV=local; with another name somebody means something else.
only_local = $(if $(filter-out local,$(ENV)),@echo $(call quoted,make $@: this is of ENV=local alone but ENV=$(ENV) was given.) >&2; echo $(call quoted,  $(1)) >&2; exit 2)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

##@ Try it (no AWS account)
demo: setup ## bring ENV=local up, run the example jobs to their end, show what came out
	$(call only_local,Leave ENV out. Of another environment: make up ENV=$(ENV).)
	@$(AWA) demo
down: setup ## stop the local AWS, the registry and all local jobs
	$(call only_local,Leave ENV out. An environment in an account ends with make destroy ENV=$(ENV).)
	@$(AWA) local down
clean: setup ## the same, and remove all that ENV=local keeps
	$(call only_local,Leave ENV out. An environment in an account ends with make destroy ENV=$(ENV).)
	@$(AWA) local clean
	@rm -rf terraform/environments/local/.terraform

##@ Environment (ENV=local|dev|prod)
up: setup ## platform, image and release in one go; asks before each apply unless ENV=local or YES=1
	@$(AWA) up -E $(call quoted,$(ENV)) $(_yes)
plan: setup ## show what Terraform would change, and save that plan
	@$(AWA) plan -E $(call quoted,$(ENV))
apply: setup ## apply the saved plan; where there is none, plan and ask
	@$(AWA) apply -E $(call quoted,$(ENV)) $(_yes)
destroy: setup ## destroy the environment; asks for its name (prod: CONFIRM=prod); EMPTY=1: images and objects too
	@$(AWA) destroy -E $(call quoted,$(ENV)) $(if $(CONFIRM),--confirm $(call quoted,$(CONFIRM))) $(_empty)
outputs: setup ## print Terraform's outputs
	@$(AWA) outputs -E $(call quoted,$(ENV))
bootstrap: setup ## once per account: make the bucket of Terraform's states; writes backend.hcl
	@$(AWA) bootstrap -E $(call quoted,$(ENV)) $(_yes)
validate: setup ## check the Terraform without credentials and without its state
	@$(AWA) validate -E $(call quoted,$(ENV))
cost: setup ## count what is paid for by the hour even when no job runs
	@$(AWA) cost -E $(call quoted,$(ENV))
new-env: setup ## make the Terraform root of a new environment from dev (ENV=staging)
	@$(AWA) new-env $(call quoted,$(ENV))

##@ Image (ENV=local|dev|prod)
build: setup ## build container/latest
	@$(AWA) build -E $(call quoted,$(ENV))
push: setup ## push the built image and write its digest into the release file
	@$(AWA) push -E $(call quoted,$(ENV))
build-push: build push ## both

add: setup ## add a package that job code may import, lock and install it (PKG=polars)
	@$(AWA) image add $(PKG)

##@ Jobs
new-job: setup ## make the folder of a new job that passes its own test at once (NAME=my_job)
	@$(AWA) new-job $(call quoted,$(NAME))

##@ Work on awa-batch itself
test: setup-dev ## every test this machine can run; says what it skipped and why
	@$(PY) -m pytest -n auto $(ARGS)
check: setup-dev ## lint and the unit tests, in about a minute: before each commit
	@scripts/check.sh $(ARGS)
tf-test: setup-dev ## the Terraform tests alone: terraform test of every module, policies over sources and plans
	@$(PY) -m pytest -n auto tests/terraform $(ARGS)
lint: setup-dev ## ruff, mypy, the imports' contracts, terraform fmt, shellcheck, hadolint
	@scripts/lint.sh
fmt: setup-dev ## format Python and Terraform
	@$(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix .
	@terraform fmt -recursive terraform
bench: setup-dev ## measure, side by side with peers in the same run
	@$(PY) -m bench $(ARGS)
lock: setup-dev ## resolve the dependencies anew and write the lock files
	@scripts/lock.sh
setup: $(VENV)/.synced ## make .venv with the locked dependencies (every target does)
setup-dev: $(VENV)/.synced-dev

$(VENV)/.synced: requirements.lock pyproject.toml scripts/setup.sh
	@scripts/setup.sh base
$(VENV)/.synced-dev: requirements-dev.lock pyproject.toml scripts/setup.sh
	@scripts/setup.sh dev

help:
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { sub(/:.*/, "", $$1); printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo

.PHONY: apply bench bootstrap build build-push check clean cost demo destroy down fmt help lint lock new-env new-job outputs plan push setup \
  setup-dev test tf-test up validate
