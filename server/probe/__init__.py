"""Experiments on one moment of a run: what if a number were another?"""
