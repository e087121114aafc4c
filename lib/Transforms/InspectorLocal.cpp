//===- InspectorLocal.cpp - where the slots of sites are ------------------===//
//
// Every slot has a cell that holds the mark found by the last execution of its
// load; at a site its cells are reported, and the runtime turns marks into
// positions (abi.hpp, docs/design/local.md).
//
//===----------------------------------------------------------------------===//

#include "InspectorBuilder.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace sparsead;

/// Marks, or words of addresses.
Type InspectorBuilder::cellType() { return structural ? b.getI64Type() : b.getI32Type(); }

void InspectorBuilder::makeCells() {
  if (!sites)
    return;
  Value count = buildInt(b, loc(), sites->numCells() + sites->width() + 1, 32);
  s.cells = LLVM::AllocaOp::create(b, loc(), s.context.getType(), cellType(), count, structural ? 8 : 4);
}

Value InspectorBuilder::cell(unsigned number) {
  return LLVM::GEPOp::create(b, loc(), s.cells.getType(), cellType(), s.cells, ArrayRef<LLVM::GEPArg>{int32_t(number)});
}

/// Slots inside of a branch are absent unless it is taken.
void InspectorBuilder::clearCells(Operation *op) {
  if (!sites || op->getNumRegions() == 0)
    return;
  for (unsigned number : sites->cellsInside(op)) {
    Value zero = structural ? i64(0) : i32(0);
    LLVM::StoreOp::create(b, loc(), zero, cell(number), structural ? 8 : 4);
  }
}

void InspectorBuilder::fillCells(LLVM::LoadOp op) {
  if (!sites)
    return;
  unsigned lanes = sites->lanesAt(op);
  // By the order of the program no store reaches some loads: that nothing stands there is verified, too.
  bool expectNothing = lanes == 0 && activity.isActive(op.getResult()) && sites->temporary(op.getAddr());
  if (sites->cellsOf(op).empty() && !expectNothing)
    return;
  Location loc = op.getLoc();
  // The complement of a mark: an entry only where the pattern has it.
  auto fill = [&](unsigned lane, Value m) {
    for (unsigned number : sites->cellsOf(op)) {
      Value kept = m;
      if (sites->isOptional(number + lane)) {
        Value isComplement = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, m, i32(0));
        Value complement = arith::XOrIOp::create(b, loc, m, i32(-1));
        kept = arith::SelectOp::create(b, loc, isComplement, m, complement);
      }
      LLVM::StoreOp::create(b, loc, kept, cell(number + lane), 4);
    }
  };
  if (!sites->temporary(op.getAddr())) {
    Value m = mark(op.getResult());
    fill(0, m);
    return;
  }
  if (sites->lanesOf(op.getAddr()) == 0)
    return;
  unsigned scratch = sites->numCells();
  Value unknown = hasMark(op.getAddr()) ? mark(op.getAddr()) : i32(0);
  runtime(loc, "sparsead_rt_row_load", {shadow(op.getAddr()), unknown, cell(scratch), i32(lanes)});
  for (unsigned lane = 0; lane < lanes; ++lane) {
    Value m = LLVM::LoadOp::create(b, loc, b.getI32Type(), cell(scratch + lane), 4);
    fill(lane, m);
  }
}

void InspectorBuilder::reportSite(LLVM::StoreOp op) {
  const LocalSite *site = sites ? sites->siteOf(op) : nullptr;
  if (!site)
    return;
  Value unknown = hasMark(op.getAddr()) ? mark(op.getAddr()) : i32(0);
  for (int number = int(site->number); number >= 0; number = sites->sites()[number].row)
    runtime(op.getLoc(), "sparsead_rt_site",
            {i32(number), shadow(op.getAddr()), unknown, cell(sites->sites()[number].firstCell)});
}

void InspectorBuilder::reportFill(Operation *op, Value dst, Value bytes) {
  if (!sites || (!sites->isOutput(dst) && !sites->temporary(dst)))
    return;
  Value unknown = hasMark(dst) ? mark(dst) : i32(0);
  runtime(op->getLoc(), "sparsead_rt_site_clear", {shadow(dst), bytes, unknown});
}

/// At the end of an iteration: its slots in every site's sum.
void InspectorBuilder::reportIteration(scf::ForOp op) {
  if (!sites)
    return;
  for (const LocalSite &site : sites->sites())
    for (const auto &reduction : site.reductions)
      for (const LocalReduction *r = reduction.get(); r; r = r->inner.get())
        if (r->loop == op && !r->slots.empty())
          runtime(op.getLoc(), "sparsead_rt_site_part",
                  {i32(site.number), i32(reduction->group), cell(r->firstCell), i32(int64_t(r->slots.size()))});
}

const LocalLoop *InspectorBuilder::streamedLoop(scf::ForOp op) const {
  const LocalLoop *loop = sites ? sites->loopOf(op) : nullptr;
  return loop && loop->stream >= 0 ? loop : nullptr;
}

void InspectorBuilder::beginStream(const LocalLoop &loop) {
  scf::ForOp op = loop.loop;
  auto [begin, end] = loop.interior.emit(b, op, [&](Value v) { return primal(v); });
  runtime(op.getLoc(), "sparsead_rt_stream_begin", {i32(loop.stream), begin, end});
}
