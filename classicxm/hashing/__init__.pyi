from .bits import signs as signs
from .cca_itq import CCAITQ as CCAITQ
from .class_codes import ClassCodeHash as ClassCodeHash
from .cmfh import CMFH as CMFH
from .cvh import CVH as CVH
from .dlfh import DLFH as DLFH
from .imh import IMH as IMH
from .scm import SCMHash as SCMHash
