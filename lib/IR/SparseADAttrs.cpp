//===- SparseADAttrs.cpp - text and checks of the attributes --------------===//

#include "sparsead/IR/SparseAD.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sparsead;

#define GET_ATTRDEF_CLASSES
#include "sparsead/IR/SparseADAttrs.cpp.inc"

void SparseADDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "sparsead/IR/SparseADAttrs.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// ObjectAttr
//===----------------------------------------------------------------------===//

static ParseResult parseStep(AsmParser &parser, SmallVectorImpl<int64_t> &path) {
  StringRef kind;
  llvm::SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&kind))
    return failure();
  int64_t bytes = 0;
  if (kind == "deref") {
    OptionalParseResult given = parser.parseOptionalInteger(bytes);
    if (given.has_value() && failed(*given))
      return failure();
    path.append({ObjectAttr::Deref, bytes});
    return success();
  }
  if (kind != "offset" && kind != "index")
    return parser.emitError(loc, "expected 'offset', 'deref' or 'index'");
  if (parser.parseInteger(bytes))
    return failure();
  path.append({kind == "offset" ? ObjectAttr::Offset : ObjectAttr::Index, bytes});
  return success();
}

static ParseResult parseRoles(AsmParser &parser, uint32_t &roles) {
  do {
    StringRef role;
    llvm::SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&role))
      return failure();
    uint32_t bit = role == "input"    ? ObjectAttr::Input
                   : role == "output" ? ObjectAttr::Output
                   : role == "work"   ? ObjectAttr::Work
                                      : 0;
    if (!bit)
      return parser.emitError(loc, "expected 'input', 'output' or 'work'");
    roles |= bit;
  } while (succeeded(parser.parseOptionalVerticalBar()));
  return success();
}

/// `<"u", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = input>`
Attribute ObjectAttr::parse(AsmParser &parser, Type) {
  std::string name;
  int64_t argument = -1;
  SmallVector<int64_t> path, leaves;
  uint32_t roles = 0;
  llvm::SMLoc loc = parser.getCurrentLocation();
  auto parseLeaf = [&]() -> ParseResult {
    int64_t offset, bytes;
    if (parser.parseInteger(offset) || parser.parseColon() || parser.parseInteger(bytes))
      return failure();
    leaves.append({offset, bytes});
    return success();
  };
  if (parser.parseLess() || parser.parseString(&name) || parser.parseComma() || parser.parseKeyword("arg") ||
      parser.parseEqual())
    return {};
  if (failed(parser.parseOptionalKeyword("result")) && parser.parseInteger(argument))
    return {};
  if (parser.parseComma() || parser.parseKeyword("path") || parser.parseEqual() ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] { return parseStep(parser, path); }) ||
      parser.parseComma() || parser.parseKeyword("leaves") || parser.parseEqual() ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseLeaf) || parser.parseComma() ||
      parser.parseKeyword("roles") || parser.parseEqual() || parseRoles(parser, roles) || parser.parseGreater())
    return {};
  return parser.getChecked<ObjectAttr>(loc, parser.getContext(), name, argument, path, leaves, roles);
}

void ObjectAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printer.printString(getName());
  printer << ", arg = ";
  if (isResult())
    printer << "result";
  else
    printer << getArgument();
  printer << ", path = [";
  ArrayRef<int64_t> path = getPath();
  for (size_t i = 0; i + 1 < path.size(); i += 2) {
    if (i)
      printer << ", ";
    switch (path[i]) {
    case Offset:
      printer << "offset " << path[i + 1];
      break;
    case Deref:
      printer << "deref";
      if (path[i + 1])
        printer << ' ' << path[i + 1];
      break;
    default:
      printer << "index " << path[i + 1];
    }
  }
  printer << "], leaves = [";
  ArrayRef<int64_t> leaves = getLeaves();
  for (size_t i = 0; i + 1 < leaves.size(); i += 2)
    printer << (i ? ", " : "") << leaves[i] << " : " << leaves[i + 1];
  printer << "], roles = ";
  StringRef separator = "";
  for (auto [bit, text] : {std::pair<uint32_t, StringRef>{Input, "input"}, {Output, "output"}, {Work, "work"}})
    if (getRoles() & bit) {
      printer << separator << text;
      separator = "|";
    }
  printer << '>';
}

LogicalResult ObjectAttr::verify(function_ref<InFlightDiagnostic()> emitError, StringRef name, int64_t argument,
                                 ArrayRef<int64_t> path, ArrayRef<int64_t> leaves, uint32_t roles) {
  if (argument < -1)
    return emitError() << "argument index " << argument << " is negative";
  if (path.size() % 2 || leaves.size() % 2)
    return emitError() << "path and leaves are lists of pairs";
  for (size_t i = 0; i < path.size(); i += 2) {
    if (path[i] < Offset || path[i] > Index)
      return emitError() << "unknown kind of path step " << path[i];
    if (path[i] == Index && path[i + 1] <= 0)
      return emitError() << "stride " << path[i + 1] << " is not positive";
    if (path[i] == Deref && path[i + 1] < 0)
      return emitError() << "pointee size " << path[i + 1] << " is negative";
  }
  if (leaves.empty())
    return emitError() << "object '" << name << "' has no active leaf";
  for (size_t i = 0; i < leaves.size(); i += 2) {
    if (leaves[i] < 0)
      return emitError() << "leaf offset " << leaves[i] << " is negative";
    if (leaves[i + 1] != 4 && leaves[i + 1] != 8)
      return emitError() << "leaf of " << leaves[i + 1] << " bytes: expected 4 (float) or 8 (double)";
    if (i && leaves[i] < leaves[i - 2] + leaves[i - 1])
      return emitError() << "leaves overlap or are not in memory order";
  }
  if (roles == 0 || roles > 7 || (roles & Work && roles != Work))
    return emitError() << "roles are 'input', 'output', both, or 'work'";
  if (argument < 0 && roles != Output)
    return emitError() << "the result can only be an output";
  return success();
}

//===----------------------------------------------------------------------===//
// PatternAttr
//===----------------------------------------------------------------------===//

static ParseResult parseIntegers(AsmParser &parser, StringRef keyword, SmallVectorImpl<int64_t> &values) {
  return failure(parser.parseComma() || parser.parseKeyword(keyword) || parser.parseEqual() ||
                 parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&]() -> ParseResult {
                   return parser.parseInteger(values.emplace_back());
                 }));
}

/// `<2 x 3, row_ptr = [0, 2, 4], col_ind = [0, 1, 1, 2]>`
Attribute PatternAttr::parse(AsmParser &parser, Type) {
  int64_t rows, cols;
  SmallVector<int64_t> rowPtr, colInd;
  llvm::SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseInteger(rows) || parser.parseKeyword("x") || parser.parseInteger(cols) ||
      parseIntegers(parser, "row_ptr", rowPtr) || parseIntegers(parser, "col_ind", colInd) || parser.parseGreater())
    return {};
  return parser.getChecked<PatternAttr>(loc, parser.getContext(), rows, cols, rowPtr, colInd);
}

void PatternAttr::print(AsmPrinter &printer) const {
  printer << '<' << getRows() << " x " << getCols() << ", row_ptr = [";
  llvm::interleaveComma(getRowPtr(), printer);
  printer << "], col_ind = [";
  llvm::interleaveComma(getColInd(), printer);
  printer << "]>";
}

LogicalResult PatternAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t cols,
                                  ArrayRef<int64_t> rowPtr, ArrayRef<int64_t> colInd) {
  if (rows < 0 || cols < 0)
    return emitError() << "pattern of negative size";
  if (static_cast<int64_t>(rowPtr.size()) != rows + 1)
    return emitError() << "expected " << rows + 1 << " row pointers, got " << rowPtr.size();
  if (rowPtr.front() != 0 || rowPtr.back() != static_cast<int64_t>(colInd.size()))
    return emitError() << "row pointers must run from 0 to " << colInd.size();
  for (int64_t i = 0; i < rows; ++i)
    if (rowPtr[i] > rowPtr[i + 1])
      return emitError() << "row pointers descend at row " << i;
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t k = rowPtr[i]; k < rowPtr[i + 1]; ++k) {
      if (colInd[k] < 0 || colInd[k] >= cols)
        return emitError() << "column " << colInd[k] << " in row " << i << " is out of range";
      if (k > rowPtr[i] && colInd[k] <= colInd[k - 1])
        return emitError() << "columns of row " << i << " do not ascend";
    }
  return success();
}

//===----------------------------------------------------------------------===//
// ColoringAttr
//===----------------------------------------------------------------------===//

LogicalResult ColoringAttr::verify(function_ref<InFlightDiagnostic()> emitError, ColoringSide, int64_t numColors,
                                   ArrayRef<int64_t> colors) {
  if (numColors < 0)
    return emitError() << "negative number of colors";
  for (int64_t color : colors)
    if (color < -1 || color >= numColors)
      return emitError() << "color " << color << " is not below " << numColors;
  return success();
}

//===----------------------------------------------------------------------===//
// RelationAttr
//===----------------------------------------------------------------------===//

LogicalResult RelationAttr::verify(function_ref<InFlightDiagnostic()> emitError, StringRef text) {
  std::string error;
  size_t position = 0;
  if (RelationFormula::parse(text, error, position))
    return success();
  return emitError() << "formula, character " << position + 1 << ": " << error;
}

RelationFormula RelationAttr::getFormula() const {
  std::string error;
  size_t position = 0;
  return *RelationFormula::parse(getText(), error, position);
}
