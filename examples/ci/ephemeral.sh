#!/bin/sh
# Runs a test against a guest of its own, in any CI system. The guest goes when the test ends, however it ends.
# PVEVM_ENDPOINT, PVEVM_TOKEN and PVEVM_FINGERPRINT say where; arguments are handed on: --sandbox tries it without a server.
set -eu
here=$(dirname "$0")

# shellcheck disable=SC2016,SC2086
exec ${PVEVM:-pvevm} up "$@" "$here/../ci-runner.yaml" -- sh -c '
  echo "testing guest $PVEVM_VM_CI_RUNNER_01_VMID at $PVEVM_VM_CI_RUNNER_01_ADDRESS"
  # ssh "ci@$PVEVM_VM_CI_RUNNER_01_ADDRESS" make test
'
