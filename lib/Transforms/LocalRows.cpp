//===- LocalRows.cpp - values at known positions: rows by strips ----------===//
//
// Loops over long rows write with strides that vector units do not have: LLVM scatters, or leaves such loops scalar.
// Here the loop runs over a strip of iterations and writes columns, each entry of the rows into an array of its own,
// which vectorises; then the columns become rows, four by four.
//
//===----------------------------------------------------------------------===//

#include "LocalBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace sparsead;

/// Iterations in a strip: its columns stay in the first cache.
static int64_t stripLength(int64_t columns) { return columns <= 16 ? 64 : 32; }

/// Are vectors of four wide enough for a register? What the function is compiled for says so.
static bool hasWideVectors(func::FuncOp function) {
  auto features = function->getAttrOfType<LLVM::TargetFeaturesAttr>("target_features");
  return features && features.contains("+avx");
}

/// Shorter rows are written by shuffles, longer ones would not fit.
bool LocalBuilder::takesStrips(const LocalLoop &loop) const {
  if (loop.stream < 0 || loop.loop->getNumResults() != 0 || !hasWideVectors(activity.entry()))
    return false;
  int64_t most = 0, all = 0;
  for (unsigned n : loop.sites) {
    const LocalSite &site = sites.sites()[n];
    if (site.kind == LocalSite::Row)
      continue;
    most = std::max(most, rowLength(site));
    all += rowLength(site);
    if (site.row >= 0)
      return false;
  }
  return most >= 7 && most <= 16 && all <= 64;
}

void LocalBuilder::emitStrips(scf::ForOp op, Value first, Value last) {
  Location loc = op.getLoc();
  Type ptr = LLVM::LLVMPointerType::get(b.getContext());
  int64_t all = 0;
  for (unsigned n : interior.loop->sites)
    if (sites.sites()[n].kind != LocalSite::Row)
      all += rowLength(sites.sites()[n]);
  int64_t length = stripLength(all);
  for (unsigned n : interior.loop->sites) {
    const LocalSite &site = sites.sites()[n];
    if (site.kind == LocalSite::Row)
      continue;
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointAfter(cursor.getDefiningOp());
    interior.columns[n] =
        LLVM::AllocaOp::create(b, loc, ptr, b.getF64Type(), number(rowLength(site) * length, 32), /*alignment=*/64);
  }
  auto strips = scf::ForOp::create(b, loc, first, last, number(length));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(strips.getBody());
  interior.strip = strips.getInductionVar();
  Value end = arith::MinSIOp::create(b, loc, arith::AddIOp::create(b, loc, interior.strip, number(length)), last);
  emitIterations(op, interior.strip, end, {});
  // By fours, the last four perhaps in part for the second time; or one by one, where there are no four.
  Value rows = arith::SubIOp::create(b, loc, end, interior.strip);
  Value few = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, rows, number(4));
  auto byFours =
      scf::ForOp::create(b, loc, number(0), arith::SelectOp::create(b, loc, few, number(0), rows), number(4));
  auto byOnes = scf::ForOp::create(b, loc, number(0), arith::SelectOp::create(b, loc, few, rows, number(0)), number(1));
  for (unsigned n : interior.loop->sites) {
    const LocalSite &site = sites.sites()[n];
    if (site.kind == LocalSite::Row)
      continue;
    b.setInsertionPoint(byFours.getBody()->getTerminator());
    Value row =
        arith::MinSIOp::create(b, loc, byFours.getInductionVar(), arith::SubIOp::create(b, loc, rows, number(4)));
    emitTransposed(site, row, /*four=*/true);
    b.setInsertionPoint(byOnes.getBody()->getTerminator());
    emitTransposed(site, byOnes.getInductionVar(), /*four=*/false);
  }
}

static int64_t lengthOf(Value columns, int64_t count) {
  APInt size;
  matchPattern(columns.getDefiningOp<LLVM::AllocaOp>().getArraySize(), m_ConstantInt(&size));
  return size.getSExtValue() / count;
}

void LocalBuilder::emitColumn(const LocalSite &site, unsigned column, Value entry) {
  if (matchPattern(entry, m_Constant())) {
    interior.constants[{site.number, column}] = entry;
    return;
  }
  Location loc = *currentLoc;
  Value columns = interior.columns.lookup(site.number);
  Value place = arith::SubIOp::create(b, loc, interior.position, interior.strip, arith::IntegerOverflowFlags::nsw);
  Value start = LLVM::GEPOp::create(b, loc, columns.getType(), b.getF64Type(), columns,
                                    ArrayRef<LLVM::GEPArg>{int32_t(column * lengthOf(columns, rowLength(site)))});
  Value at = LLVM::GEPOp::create(b, loc, columns.getType(), b.getF64Type(), start, ArrayRef<LLVM::GEPArg>{place});
  LLVM::StoreOp::create(b, loc, entry, at, 8);
}

/// A row of the strip, or four, from the columns.
void LocalBuilder::emitTransposed(const LocalSite &site, Value row, bool four) {
  Location loc = *currentLoc;
  Type f64 = b.getF64Type(), ptr = LLVM::LLVMPointerType::get(b.getContext());
  Type type = four ? Type(VectorType::get({4}, f64)) : f64;
  Value columns = interior.columns.lookup(site.number);
  int64_t count = rowLength(site), length = lengthOf(columns, count);
  auto at = [&](Value from, LLVM::GEPArg by) -> Value {
    return LLVM::GEPOp::create(b, loc, ptr, f64, from, ArrayRef<LLVM::GEPArg>{by});
  };
  auto shuffle = [&](Value x, Value y, ArrayRef<int32_t> lanes) -> Value {
    return LLVM::ShuffleVectorOp::create(b, loc, x, y, lanes);
  };
  Value to = rowOfIteration(site, arith::AddIOp::create(b, loc, interior.strip, row));
  auto store = [&](Value v, int64_t k, int64_t c) {
    LLVM::StoreOp::create(b, loc, v, at(to, int32_t(k * site.stride + c)), 8);
  };
  Values entries;
  for (int64_t c = 0; c < count; ++c) {
    if (Value same = interior.constants.lookup({site.number, unsigned(c)})) {
      FloatAttr value;
      matchPattern(same, m_Constant(&value));
      entries.push_back(
          four ? arith::ConstantOp::create(b, loc, DenseElementsAttr::get(cast<ShapedType>(type), value.getValue()))
               : real(value.getValueAsDouble(), f64));
      continue;
    }
    entries.push_back(LLVM::LoadOp::create(b, loc, type, at(at(columns, int32_t(c * length)), row), 8));
    if (!four)
      store(entries.back(), 0, c);
  }
  if (!four) {
    for (auto [c, entry] : llvm::enumerate(entries))
      if (!entry.getDefiningOp<LLVM::LoadOp>())
        store(entry, 0, static_cast<int64_t>(c));
    return;
  }
  auto byFours = [&](int64_t c) {
    Value even = shuffle(entries[c], entries[c + 1], {0, 4, 2, 6}),
          odd = shuffle(entries[c], entries[c + 1], {1, 5, 3, 7});
    Value even2 = shuffle(entries[c + 2], entries[c + 3], {0, 4, 2, 6}),
          odd2 = shuffle(entries[c + 2], entries[c + 3], {1, 5, 3, 7});
    store(shuffle(even, even2, {0, 1, 4, 5}), 0, c);
    store(shuffle(odd, odd2, {0, 1, 4, 5}), 1, c);
    store(shuffle(even, even2, {2, 3, 6, 7}), 2, c);
    store(shuffle(odd, odd2, {2, 3, 6, 7}), 3, c);
  };
  int64_t c = 0;
  for (; c + 4 <= count; c += 4)
    byFours(c);
  // The rest: by twos, one by one, or in part for the second time.
  if (count - c == 3)
    byFours(count - 4);
  else if (count - c == 2)
    for (int32_t k = 0; k < 4; ++k)
      store(shuffle(entries[c], entries[c + 1], {k, 4 + k}), k, c);
  else if (count - c == 1)
    for (int32_t k = 0; k < 4; ++k)
      store(LLVM::ExtractElementOp::create(b, loc, entries[c], number(k)), k, c);
}
