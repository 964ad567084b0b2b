"""One forest out of one model per need key: a request then costs one LightGBM call instead of one a need key.

LightGBM's text format keeps the trees of all classes interleaved: tree i belongs to class i % num_class. Models with
fewer trees than the largest are filled up with trees of a single leaf of value 0.
"""

import re
from collections.abc import Sequence

_STUB = """num_leaves=1
num_cat=0
split_feature=
split_gain=
threshold=
decision_type=
left_child=
right_child=
leaf_value=0
leaf_weight=
leaf_count=
internal_value=
internal_weight=
internal_count=
is_linear=0
shrinkage=1
"""


def merge(models: Sequence[Sequence[str]]) -> str:
    """The text of one model whose output k is the sum of the raw scores of all models of models[k].

    models : per need key the texts of one or more binary LightGBM models over the same columns in the same order.
    """
    forests = [[tree for text in members for tree in _trees(text)] for members in models]
    rounds = max(map(len, forests))
    trees: list[str] = []
    for turn in range(rounds):
        for forest in forests:
            body = forest[turn] if turn < len(forest) else _STUB
            trees.append(f"Tree={len(trees)}\n{body.strip()}\n\n\n")
    sizes = " ".join(str(len(tree.encode())) for tree in trees)
    return f"{_header(models[0][0], len(models))}tree_sizes={sizes}\n\n{''.join(trees)}end of trees\n"


def _header(text: str, outputs: int) -> str:
    head = text[: text.index("tree_sizes=")]
    head = re.sub(r"^num_class=.*$", f"num_class={outputs}", head, flags=re.MULTILINE)
    head = re.sub(r"^num_tree_per_iteration=.*$", f"num_tree_per_iteration={outputs}", head, flags=re.MULTILINE)
    # LightGBM notes each feature's least and greatest value, which are somebody's, and never reads them again.
    head = re.sub(r"^feature_infos=.*$", lambda line: _ranges(line.group()), head, flags=re.MULTILINE)
    return re.sub(r"^objective=.*\n", "", head, flags=re.MULTILINE)


def _ranges(line: str) -> str:
    """As many ranges as before, all of them without an end."""
    return "feature_infos=" + " ".join(["[-inf:inf]"] * len(line.split()))


def _trees(text: str) -> list[str]:
    """The trees' texts, each without its number."""
    body = text[text.index("\nTree=0") : text.index("end of trees")]
    return [re.sub(r"^\d+\n", "", part) for part in re.split(r"^Tree=", body.strip(), flags=re.MULTILINE) if part]
