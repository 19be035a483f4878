from .bag_of_words import BagOfWordsText as BagOfWordsText
from .tfidf import TfidfText as TfidfText
from .topics import TopicsText as TopicsText
from .word2vec import Word2VecText as Word2VecText
from .word_vectors import WordVectors as WordVectors
