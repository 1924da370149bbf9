# The front door. `make` alone prints the targets.
ENV     ?= local
VENV    := .venv
AWA     := $(VENV)/bin/awa-batch
PY      := $(VENV)/bin/python
RUNNER  ?= $(or $(AWA_BATCH_RUNNER),auto)
YES     ?=
CONFIRM ?=
EMPTY   ?=
END_JOBS ?=
POLICIES ?=

export AWA_BATCH_RUNNER := $(RUNNER)
# One word for the shell, whatever a value holds.
comma := ,
quoted = '$(subst ','\'',$(1))'
_said_yes := 1 y Y yes Yes YES true True TRUE on
_said_no  := 0 n N no No NO false False FALSE off
$(foreach name,YES EMPTY END_JOBS,$(if $(filter-out $(_said_yes) $(_said_no),$($(name))),\
  $(error $(name)=$($(name)) is neither yes nor no. Write $(name)=1, or leave it out)))
_yes   := $(if $(filter $(_said_yes),$(YES)),--yes)
_end_jobs := $(if $(filter $(_said_yes),$(END_JOBS)),--end-jobs)
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
plan-comment: setup ## plan, as a page of Markdown; PR=7: as a comment on that pull request (docs/ci.md)
	@PR=$(call quoted,$(PR)) scripts/plan-comment.sh $(call quoted,$(ENV))
drift: setup ## say where the environment differs from its files; exit 1 where it does
	@$(AWA) drift -E $(call quoted,$(ENV))
apply: setup ## apply the saved plan; where there is none, plan and ask; END_JOBS=1: though jobs run on what it deletes
	@$(AWA) apply -E $(call quoted,$(ENV)) $(_yes) $(_end_jobs)
destroy: setup ## destroy the environment; asks for its name (prod: CONFIRM=prod); EMPTY=1: images and objects too
	@$(AWA) destroy -E $(call quoted,$(ENV)) $(if $(CONFIRM),--confirm $(call quoted,$(CONFIRM))) $(_empty)
outputs: setup ## print Terraform's outputs
	@$(AWA) outputs -E $(call quoted,$(ENV))
bootstrap: setup ## once per account: make the bucket of Terraform's states; writes backend.hcl; POLICIES=folder: deployers' policies
	@$(AWA) bootstrap -E $(call quoted,$(ENV)) $(if $(POLICIES),--deployer-policies $(call quoted,$(POLICIES))) $(_yes)
validate: setup ## check the Terraform without credentials and without its state
	@$(AWA) validate -E $(call quoted,$(ENV))
cost: setup ## count what is paid for by the hour even when no job runs
	@$(AWA) cost -E $(call quoted,$(ENV))
new-env: setup ## make the Terraform root of a new environment from dev (ENV=staging)
	@$(AWA) new-env $(call quoted,$(ENV))

##@ Image (ENV=local|dev|prod)
IMAGE ?= latest
build: setup ## build container/IMAGE (latest, unless IMAGE=test or another says)
	@$(AWA) build -E $(call quoted,$(ENV)) --image $(call quoted,$(IMAGE))
push: setup ## push container/IMAGE and write its digest into the release file
	@$(AWA) push -E $(call quoted,$(ENV)) --image $(call quoted,$(IMAGE))
build-push: build push ## both
release: setup ## make a new image what runs without losing a job: candidate, jobs on it, promotion (docs/blue-green.md)
	@$(AWA) release run -E $(call quoted,$(ENV)) --image $(call quoted,$(IMAGE)) $(_yes)
release-file: setup ## a step of a release, written into the release file alone: STEP=start|promote|rollback|abort (docs/ci.md)
	$(if $(filter start promote rollback abort,$(STEP)),,@echo $(call quoted,make $@: STEP=$(STEP) is none of start$(comma) promote$(comma) rollback and abort.) >&2; echo "  Name one: make $@ ENV=prod STEP=start" >&2; exit 2)
	@$(AWA) release $(call quoted,$(STEP)) -E $(call quoted,$(ENV)) --image $(call quoted,$(IMAGE)) --file-only
canary: setup ## run jobs on the candidate and judge them (docs/blue-green.md)
	@$(AWA) release canary -E $(call quoted,$(ENV)) --image $(call quoted,$(IMAGE))
rollback: setup ## return to the image that ran before, in one step
	@$(AWA) release rollback -E $(call quoted,$(ENV)) --image $(call quoted,$(IMAGE)) $(_yes)

##@ The image step by step (JOB=version_test, ARGS="--param_json FILE", IMAGE=latest|test|…)
JOB   ?= version_test
_run  := python run_batch.py
# Of the job that was named, else of every job that has some input.
_inits = $(if $(filter file,$(origin JOB)),jobs/*/init.py,jobs/$(call quoted,$(JOB))/init.py)
local-init: setup ## upload what jobs read (jobs/JOB/init.py; without JOB of every job that has one)
	@for init in $(_inits); do \
	  [ -f "$$init" ] || { echo "make local-init: there is no $$init." >&2; \
	    echo "  The job reads nothing that is uploaded, or JOB is misspelt." >&2; exit 2; }; \
	  $(PY) "$$init" $(call quoted,$(ENV)) || exit; \
	done
local-run: setup ## run a job's code without a container, against ENV's AWS
	@$(if $(filter local,$(ENV)),eval "$$($(AWA) local env)" && )$(PY) container/latest/run_batch.py $(call quoted,$(JOB)) $(ARGS)
docker-build: setup ## build container/IMAGE on this machine's engine
	@$(AWA) build -E $(call quoted,$(ENV)) --image $(call quoted,$(IMAGE))
docker-run: setup ## run a job in the container, against ENV's AWS (local or real)
	@$(AWA) image run -E $(call quoted,$(ENV)) --image $(call quoted,$(IMAGE)) $(if $(filter-out test,$(IMAGE)),-- $(_run) $(call quoted,$(JOB)) $(ARGS))
docker-shell: setup ## open a shell in it
	@$(AWA) image run -E $(call quoted,$(ENV)) --image $(call quoted,$(IMAGE)) --shell
docker-clean: ## remove what was built from this machine's engine
	@docker image ls --quiet --filter 'reference=awa-batch/*' --filter 'reference=awa-batch/*/*' | sort -u | xargs -r docker image rm --force
local-batch-image: setup ## build the image of aws-batch-local, a local AWS Batch for any project, and name it aws-batch-local:VERSION
	$(call only_local,Leave ENV out. The image is of no environment.)
	@built=$$($(AWA) build -E local --runner docker --image aws-batch-local) && version=$$($(PY) -c 'import local_batch; print(local_batch.__version__)') \
	  && docker tag "$$built" "aws-batch-local:$$version" && echo "aws-batch-local:$$version"
publish-local-batch: setup ## publish that image in IMAGE_REPOSITORY: WHAT=image of this machine's processor, WHAT=index of both (RELEASING.md)
	@$(PY) scripts/publish_local_batch.py $(call quoted,$(WHAT))
ecr-push: setup ## push container/IMAGE to ENV's registry and write its digest into the release file
	@$(AWA) push -E $(call quoted,$(ENV)) --image $(call quoted,$(IMAGE))

add: setup ## add a package that job code may import, lock and install it (PKG=polars; JOB=my_job: its own)
	@$(AWA) image add $(PKG) $(if $(filter file,$(origin JOB)),,--job $(call quoted,$(JOB)))
new-image: setup ## make container/NAME, an image with packages of its own, and its repository in ENV (NAME=gpu)
	@$(AWA) image new $(call quoted,$(NAME)) --in $(call quoted,$(ENV))
pin: setup ## ask the registries for the base images' digests and write them into container/base_images.env
	@$(AWA) image pin

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
test-clients: setup-dev ## programs that know AWS Batch alone (redun, Airflow, Toil, …), on the local AWS Batch
	@$(PY) -m pytest -n auto tests/clients $(ARGS)
preflight: setup-dev ## planned platforms, judged by cdk-preflight's rules; installs npm packages, not in the gate
	@AWA_TEST_PREFLIGHT=yes $(PY) -m pytest -n 0 -rs tests/terraform/test_cdk_preflight.py $(ARGS)
lint: setup-dev ## ruff, mypy, the imports' contracts, terraform fmt, shellcheck, hadolint, zizmor; links, commands and spelling of documents
	@scripts/lint.sh
docs: setup-dev ## write the parts of documents that are made from sources: the modules' READMEs, who may do what, the fields of a job
	@$(PY) scripts/module_readmes.py
	@$(PY) scripts/iam_tables.py
	@$(PY) -m awa_batch.cli.reference
fmt: setup-dev ## format Python and Terraform
	@$(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix .
	@terraform fmt -recursive terraform
bench: setup-dev ## measure, side by side with peers in the same run
	@$(PY) -m bench $(ARGS)
compare-emulators: setup-dev ## ask the local AWS Batch and other emulators what AWS documents, and write scripts/local_batch/docs/comparison.md
	@$(PY) -m bench.emulators $(ARGS)
wheel: setup ## build both packages into dist/: awa-batch, for who only submits (docs/install.md), and aws-batch-local
	@rm -rf dist
	@for package in . scripts/local_batch; do \
	  $(VENV)/bin/uv build --quiet --wheel --no-build-isolation --python $(PY) --out-dir dist $$package || exit; done
	@ls dist/*.whl
lock: setup-dev ## resolve the dependencies and write the lock files; versions stay where they still fit
	@scripts/lock.sh
update: setup-dev ## the newest versions that fit into all lock files, and the base images' digests (docs/ci.md)
	@scripts/lock.sh upgrade
	@$(AWA) image pin
propose: ## commit what has changed to BRANCH, push it and open a pull request named TITLE
	@scripts/propose.sh $(call quoted,$(BRANCH)) $(call quoted,$(TITLE))
setup: $(VENV)/.synced ## make .venv with the locked dependencies (every target does)
setup-dev: $(VENV)/.synced-dev

$(VENV)/.synced: requirements.lock pyproject.toml scripts/setup.sh
	@scripts/setup.sh base
$(VENV)/.synced-dev: requirements-dev.lock pyproject.toml scripts/setup.sh
	@scripts/setup.sh dev

help:
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { sub(/:.*/, "", $$1); printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo

.PHONY: add apply bench bootstrap build build-push canary check clean compare-emulators cost demo docs destroy docker-build docker-clean docker-run docker-shell down drift \
  ecr-push fmt help lint local-batch-image local-init local-run lock new-env new-image new-job outputs pin plan plan-comment preflight propose publish-local-batch push release \
  release-file rollback setup setup-dev test test-clients tf-test up update validate wheel
