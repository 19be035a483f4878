from .answers_page import Answer as Answer
from .answers_page import answers_html as answers_html
from .answers_page import write_page as write_page
from .comparison import write_report as write_report
from .explanation_page import explained_page as explained_page
from .explanation_page import write_explanation as write_explanation
from .tables import aligned as aligned
from .tables import shortened as shortened
