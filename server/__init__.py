"""Backscope: a microscope for backpropagation."""

from server.machine import prepare

prepare()
