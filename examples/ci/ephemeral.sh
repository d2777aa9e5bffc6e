#!/bin/sh
# Runs a test against guests of its own, in any CI system. They go when the test ends, however it ends. Their documents lie
# in the folder ci; DOCUMENTS names another one, or a file.
# PVEVM_ENDPOINT, PVEVM_TOKEN and PVEVM_FINGERPRINT say where; arguments are handed on: --sandbox tries it without a server.
set -eu

# shellcheck disable=SC2016,SC2086
exec ${PVEVM:-pvevm} up "$@" "${DOCUMENTS:-ci}" -- sh -c '
  echo "testing guest $PVEVM_VM_CI_RUNNER_01_VMID at $PVEVM_VM_CI_RUNNER_01_ADDRESS"
  # ssh "ci@$PVEVM_VM_CI_RUNNER_01_ADDRESS" make test
'
