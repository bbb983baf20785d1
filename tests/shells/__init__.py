"""Tests in real shells."""
