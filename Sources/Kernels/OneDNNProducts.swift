#if ONEDNN
import CParableInstructions
import CParableNumerics
import CParableOneDNN
import Glibc
import ParablePlatform

/// Products through oneDNN, with one primitive for each shape, made once and kept.
final class OneDNNProducts {
  private let engine: dnnl_engine_t
  private let stream: dnnl_stream_t
  private var primitives: [OneDNNKey: OneDNNPrimitive?] = [:]
  private let scratchpad = OneDNNScratchpad()

  /// The library's version, such as 2.6.3.
  static var version: String {
    guard let version = dnnl_version()?.pointee else { return "of unknown version" }
    return "\(version.major).\(version.minor).\(version.patch)"
  }

  init() {
    computeOnOneThread()
    let engine = created("engine") { dnnl_engine_create(&$0, dnnl_cpu, 0) }
    self.engine = engine
    stream = created("stream") {
      dnnl_stream_create(&$0, engine, dnnl_stream_default_flags.rawValue)
    }
  }

  deinit {
    primitives.removeAll()
    dnnl_stream_destroy(stream)
    dnnl_engine_destroy(engine)
  }

  /// Multiplies, or returns false where oneDNN has no implementation for this processor.
  func multiply(_ left: ProductFactor, _ right: ProductFactor, _ target: ProductTarget) -> Bool {
    let key = OneDNNKey(left, right, target)
    guard let primitive = primitive(for: key, right: { right.view }) else { return false }
    primitive.execute(
      stream, left: left.base, right: right.base, target: target.base, scratchpad)
    return true
  }

  /// Multiplies by a factor in oneDNN's own layout.
  func multiply(_ left: ProductFactor, _ right: OneDNNPanels, _ target: ProductTarget) {
    let key = OneDNNKey(left, nil, target)
    guard let primitive = primitive(for: key, right: { right.layout }) else {
      preconditionFailure("oneDNN has no product for a layout that it has chosen.")
    }
    primitive.execute(
      stream, left: left.base, packedRight: right.memory, target: target.base, scratchpad)
  }

  /// Makes room for a right factor in the layout that products of many rows like best; nil where
  /// oneDNN has no implementation for this processor, or likes a layout that is not known here.
  func panels(
    depth: Int, columns: Int, storage: ActivationStorage, instructionSet: parable_instruction_set,
    in arena: PanelArena?
  ) -> PackedFactor.Panels? {
    computeOnOneThread()
    let rows = OneDNNPanels.typicalRows
    guard
      let descriptor = productDescriptor(
        description(rows: rows, columns: depth, storage: storage, strides: (depth, 1)),
        description(rows: depth, columns: columns, storage: storage, strides: nil),
        description(rows: rows, columns: columns, storage: .float, strides: (columns, 1)),
        adds: false, engine: engine),
      let layout = dnnl_primitive_desc_query_md(descriptor, dnnl_query_weights_md, 0)
    else { return nil }
    defer { dnnl_primitive_desc_destroy(descriptor) }
    if storage == .float, isUnblocked(layout.pointee) { return .stored(nil) }
    return ParableKernels.panels(of: layout.pointee, storage).map {
      let packed = PackedPanels(
        $0, storage: storage, instructionSet: instructionSet, in: arena)
      return .oneDNN(OneDNNPanels(layout.pointee, packed, engine: engine))
    }
  }

  private func primitive(
    for key: OneDNNKey, right: () -> dnnl_memory_desc_t
  ) -> OneDNNPrimitive? {
    computeOnOneThread()
    if let known = primitives[key] { return known }
    let primitive = OneDNNPrimitive(key, right: right(), engine: engine)
    primitives[key] = .some(primitive)
    return primitive
  }
}

/// A right factor in oneDNN's own layout: panels, which the plain kernel's packing fills several
/// times as fast as oneDNN's own reordering.
final class OneDNNPanels {
  /// A layout depends on the number of rows that it is asked for; this many stand for training.
  fileprivate static let typicalRows = 1024

  let layout: dnnl_memory_desc_t
  let memory: dnnl_memory_t
  private let packed: PackedPanels

  fileprivate init(_ layout: dnnl_memory_desc_t, _ packed: PackedPanels, engine: dnnl_engine_t) {
    var layout = layout
    memory = created("memory") { dnnl_memory_create(&$0, &layout, engine, packed.base) }
    self.layout = layout
    self.packed = packed
  }

  deinit { dnnl_memory_destroy(memory) }

  /// Copies a factor of Float, rounding it to the storage of the panels.
  func pack(_ right: ProductFactor) { packed.pack(right) }

  /// Whether packing a factor gives what is packed.
  func holds(_ right: ProductFactor) -> Bool { packed.holds(right) }
}

/// What a primitive is made for; `rightStride` is nil for a right factor in oneDNN's own layout.
private struct OneDNNKey: Hashable {
  let rows: Int
  let columns: Int
  let depth: Int
  let storage: ActivationStorage
  let leftStride: Int
  let leftTransposed: Bool
  let rightStride: Int?
  let rightTransposed: Bool
  let targetStride: Int
  let targetStorage: ActivationStorage
  let adds: Bool

  init(_ left: ProductFactor, _ right: ProductFactor?, _ target: ProductTarget) {
    rows = target.rows
    columns = target.columns
    depth = left.columns
    storage = left.storage
    leftStride = left.stride
    leftTransposed = left.transposed
    rightStride = right?.stride
    rightTransposed = right?.transposed ?? false
    targetStride = target.stride
    targetStorage = target.storage
    adds = target.adds
  }
}

/// A product of one shape, and the memory objects that its operands are put into.
private final class OneDNNPrimitive {
  private let primitive: dnnl_primitive_t
  private let left: dnnl_memory_t
  private let right: dnnl_memory_t
  private let target: dnnl_memory_t
  private let scratch: dnnl_memory_t
  private let scratchBytes: Int

  init?(_ key: OneDNNKey, right rightDescription: dnnl_memory_desc_t, engine: dnnl_engine_t) {
    var leftDescription = description(
      rows: key.rows, columns: key.depth, storage: key.storage,
      strides: key.leftTransposed ? (1, key.leftStride) : (key.leftStride, 1))
    var rightDescription = rightDescription
    var targetDescription = description(
      rows: key.rows, columns: key.columns, storage: key.targetStorage,
      strides: (key.targetStride, 1))
    guard
      let descriptor = productDescriptor(
        leftDescription, rightDescription, targetDescription, adds: key.adds, engine: engine),
      let scratchDescription = dnnl_primitive_desc_query_md(
        descriptor, dnnl_query_scratchpad_md, 0)
    else { return nil }
    defer { dnnl_primitive_desc_destroy(descriptor) }
    primitive = created("product") { dnnl_primitive_create(&$0, descriptor) }
    left = created("memory") { dnnl_memory_create(&$0, &leftDescription, engine, nil) }
    right = created("memory") { dnnl_memory_create(&$0, &rightDescription, engine, nil) }
    target = created("memory") { dnnl_memory_create(&$0, &targetDescription, engine, nil) }
    scratch = created("memory") { dnnl_memory_create(&$0, scratchDescription, engine, nil) }
    scratchBytes = dnnl_memory_desc_get_size(scratchDescription)
  }

  deinit {
    dnnl_memory_destroy(left)
    dnnl_memory_destroy(right)
    dnnl_memory_destroy(target)
    dnnl_memory_destroy(scratch)
    dnnl_primitive_destroy(primitive)
  }

  func execute(
    _ stream: dnnl_stream_t, left leftBase: UnsafeRawPointer,
    right rightBase: UnsafeRawPointer, target targetBase: UnsafeMutableRawPointer,
    _ scratchpad: OneDNNScratchpad
  ) {
    // oneDNN has one kind of handle for what it reads and what it writes.
    require(
      dnnl_memory_set_data_handle(right, UnsafeMutableRawPointer(mutating: rightBase)),
      "right factor")
    execute(
      stream, left: leftBase, packedRight: right, target: targetBase, scratchpad)
  }

  func execute(
    _ stream: dnnl_stream_t, left leftBase: UnsafeRawPointer, packedRight: dnnl_memory_t,
    target targetBase: UnsafeMutableRawPointer, _ scratchpad: OneDNNScratchpad
  ) {
    require(
      dnnl_memory_set_data_handle(left, UnsafeMutableRawPointer(mutating: leftBase)), "left factor")
    require(dnnl_memory_set_data_handle(target, targetBase), "product")
    require(
      dnnl_memory_set_data_handle(scratch, scratchpad.base(atLeast: scratchBytes)), "scratchpad")
    withUnsafeTemporaryAllocation(of: dnnl_exec_arg_t.self, capacity: 4) { arguments in
      arguments[0] = dnnl_exec_arg_t(arg: DNNL_ARG_SRC, memory: left)
      arguments[1] = dnnl_exec_arg_t(arg: DNNL_ARG_WEIGHTS, memory: packedRight)
      arguments[2] = dnnl_exec_arg_t(arg: DNNL_ARG_DST, memory: target)
      arguments[3] = dnnl_exec_arg_t(arg: DNNL_ARG_SCRATCHPAD, memory: scratch)
      require(dnnl_primitive_execute(primitive, stream, 4, arguments.baseAddress), "product")
    }
    require(dnnl_stream_wait(stream), "stream")
  }
}

/// The one piece of memory that all primitives of an instance work in.
private final class OneDNNScratchpad {
  private var memory = OwnedBuffer<UInt8>(uninitializedCount: 4096)

  func base(atLeast needed: Int) -> UnsafeMutableRawPointer {
    if needed > memory.count { memory = OwnedBuffer(uninitializedCount: needed) }
    return UnsafeMutableRawPointer(memory.base)
  }
}

extension OneDNNProducts {
  /// Whether the library's OpenMP was found, by which it is kept to one thread.
  static var keepsToOneThread: Bool { setThreadCount != nil }
}

/// Parallelism is ranks: each computes on its own thread alone, whatever OMP_NUM_THREADS says.
///
/// OpenMP keeps the number for each thread, so that every entry sets it again.
private func computeOnOneThread() {
  setThreadCount?(1)
}

/// OpenMP's setting, found at run time: linking it would want a compiler's own library folder.
private let setThreadCount: (@convention(c) (Int32) -> Void)? = {
  guard let symbol = dlsym(nil, "omp_set_num_threads") else { return nil }
  return unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Void).self)
}()

/// The descriptor of a product, or nil where oneDNN has no implementation of it.
private func productDescriptor(
  _ left: dnnl_memory_desc_t, _ right: dnnl_memory_desc_t, _ target: dnnl_memory_desc_t,
  adds: Bool, engine: dnnl_engine_t
) -> dnnl_primitive_desc_t? {
  var left = left
  var right = right
  var target = target
  var operation = dnnl_matmul_desc_t()
  require(dnnl_matmul_desc_init(&operation, &left, &right, nil, &target), "product")
  let attributes = created("attributes") { dnnl_primitive_attr_create(&$0) }
  defer { dnnl_primitive_attr_destroy(attributes) }
  require(
    dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), "attributes")
  if adds {
    let sum = created("post-op") { dnnl_post_ops_create(&$0) }
    defer { dnnl_post_ops_destroy(sum) }
    require(dnnl_post_ops_append_sum(sum, 1), "post-op")
    require(dnnl_primitive_attr_set_post_ops(attributes, sum), "attributes")
  }
  var descriptor: dnnl_primitive_desc_t?
  let status = dnnl_primitive_desc_create(&descriptor, &operation, attributes, engine, nil)
  if status == dnnl_unimplemented { return nil }
  require(status, "product")
  return descriptor
}

/// The panels that a layout consists of: blocks of some rows × `width` columns, for BFloat16 with the
/// rows of a block in pairs, the blocks of one panel following each other; nil for other layouts.
private func panels(
  of layout: dnnl_memory_desc_t, _ storage: ActivationStorage
) -> parable_gemm_panels? {
  guard layout.format_kind == dnnl_blocked, layout.offset0 == 0 else { return nil }
  let blocking = layout.format_desc.blocking
  let (height, width) = (blocking.inner_blks.0, blocking.inner_blks.1)
  let paired = storage == .bfloat16
  let isBlockOfPanel =
    blocking.inner_nblks == (paired ? 3 : 2)
    && (blocking.inner_idxs.0, blocking.inner_idxs.1) == (0, 1)
    && (!paired || (blocking.inner_idxs.2 == 0 && blocking.inner_blks.2 == 2))
  let followEachOther =
    blocking.strides.0 == height * width * (paired ? 2 : 1)
    && blocking.strides.1 == layout.padded_dims.0 * width
  guard isBlockOfPanel, followEachOther, width % 4 == 0 else { return nil }
  return parable_gemm_panels(
    depth: Int(layout.dims.0), columns: Int(layout.dims.1), width: Int(width),
    padded_depth: Int(layout.padded_dims.0))
}

/// Whether a layout is rows or columns as they come, which oneDNN then reads with any strides.
private func isUnblocked(_ layout: dnnl_memory_desc_t) -> Bool {
  layout.format_kind == dnnl_blocked && layout.format_desc.blocking.inner_nblks == 0
}

/// A matrix as oneDNN knows it; nil strides leave the layout to oneDNN.
private func description(
  rows: Int, columns: Int, storage: ActivationStorage, strides: (row: Int, column: Int)?
) -> dnnl_memory_desc_t {
  let type =
    switch storage {
    case .float: dnnl_f32
    case .bfloat16: dnnl_bf16
    }
  let sizes = [Int64(rows), Int64(columns)]
  var description = dnnl_memory_desc_t()
  if let strides {
    let strides = [Int64(strides.row), Int64(strides.column)]
    require(dnnl_memory_desc_init_by_strides(&description, 2, sizes, type, strides), "layout")
  } else {
    require(
      dnnl_memory_desc_init_by_tag(&description, 2, sizes, type, dnnl_format_tag_any), "layout")
  }
  return description
}

extension ProductFactor {
  fileprivate var view: dnnl_memory_desc_t {
    ParableKernels.description(
      rows: rows, columns: columns, storage: storage,
      strides: transposed ? (1, stride) : (stride, 1))
  }
}

private func created(
  _ what: StaticString, _ create: (inout OpaquePointer?) -> dnnl_status_t
) -> OpaquePointer {
  var handle: OpaquePointer?
  require(create(&handle), what)
  guard let handle else { preconditionFailure("oneDNN made no \(what).") }
  return handle
}

private func require(_ status: dnnl_status_t, _ what: StaticString) {
  precondition(
    status == dnnl_success, "oneDNN (\(what)): \(String(cString: dnnl_status2str(status)))")
}
#endif
