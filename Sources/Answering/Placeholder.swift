enum AnsweringPlaceholder {}
