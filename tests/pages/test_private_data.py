"""A stranger, on every page on which private data could show: none of it does, and nothing else stands in for it."""

import base64
import io
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.datasets import find_dataset, open_prepared, own
from core.datasets.dataset import prepared_folder
from core.datasets.own_sources import OWN_FILE if False else own_sources
