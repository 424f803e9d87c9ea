"""Measures the product beside a floor, as ratios in one run; nothing here is a test."""
